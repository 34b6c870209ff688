//! MQTT in both directions: our own broker for devices and gateways ([`broker`]), and a client of somebody else's
//! ([`foreign`]).
//!
//! Topic: `linli/v1/{source}/readings`, the payload in the reading format (one reading, an array, or lines; gzip as
//! it is). Nobody subscribes to our broker: it takes, it does not give.

pub mod broker;
pub mod foreign;

use linli_model::SourceId;

/// What precedes the source in a topic.
pub const TOPIC_PREFIX: &str = "linli/v1/";
const TOPIC_SUFFIX: &str = "/readings";

pub fn topic_of(source: &SourceId) -> String {
    format!("{TOPIC_PREFIX}{source}{TOPIC_SUFFIX}")
}

/// The source a topic speaks for; none for any other topic.
pub fn find_source(topic: &str) -> Option<SourceId> {
    let source = topic.strip_prefix(TOPIC_PREFIX)?.strip_suffix(TOPIC_SUFFIX)?;
    let fits = !source.is_empty() && !source.contains(['/', '+', '#']);
    fits.then(|| SourceId::new(source))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_topics_of_readings_name_a_source() {
        let source = SourceId::new("gw-1");
        assert_eq!(find_source(&topic_of(&source)), Some(source));
        for topic in [
            "linli/v1//readings",
            "linli/v1/a/b/readings",
            "linli/v1/readings",
            "linli/v2/a/readings",
            "linli/v1/+/readings",
            "x",
        ] {
            assert_eq!(find_source(topic), None, "{topic}");
        }
    }
}
