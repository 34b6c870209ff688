//! Endpoint shapes and wire types
