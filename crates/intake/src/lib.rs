//! Readings from MQTT, HTTP and files into the log
