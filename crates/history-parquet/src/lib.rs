//! Parquet files behind the history port
