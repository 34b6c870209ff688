//! Endpoint behaviour; serves the web app
