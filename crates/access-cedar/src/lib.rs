//! Cedar policies behind the access port
