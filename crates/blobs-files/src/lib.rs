//! Content-addressed files behind the blobs port
