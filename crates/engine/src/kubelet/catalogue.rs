//! The default behaviour: `podscope.dev/…` annotations on the pod template, and a catalogue of images.

use super::{Behaviour, PodBehaviour};
use crate::object::{Container, Pod, RestartPolicy};
use crate::time::Rng;
use podscope_schema::{Quantity, Value};
use std::time::Duration;

/// The default: `podscope.dev/…` annotations on the pod template, and a catalogue of images.
///
/// | annotation | meaning |
/// |---|---|
/// | `start-after` | from the image to Running |
/// | `ready-after` | from Running to Ready |
/// | `terminate-after` | from the request to stop to the end |
/// | `pull-after` | how long the image takes to pull |
/// | `init-after` | how long init containers run |
/// | `crash-after`, `exit-code` | the containers end so long after they started, with this code (1) |
/// | `run-for`, `exit-code` | the same for what is meant to end, such as a Job's containers: the code is 0 |
/// | `never-ready`, `bad-image` | `"true"` |
///
/// A pod whose `restartPolicy` is not `Always` ends by itself: when the command of its first container says so (`sleep 20`,
/// `exit 3`, `false`), or else after a few seconds, with code 0.
///
/// Durations are written `2s`, `300ms`, `1m30s`, or as a bare number of seconds.
#[derive(Clone, Copy, Debug, Default)]
pub struct Catalogue;

/// Milliseconds: pull, start, ready, stop.
struct Entry(&'static str, u64, u64, u64, u64);

/// Images by the beginning of their name.
const IMAGES: &[Entry] = &[
    Entry("nginx", 1500, 300, 400, 800),
    Entry("httpd", 1500, 300, 500, 800),
    Entry("caddy", 1200, 250, 300, 500),
    Entry("traefik", 1500, 300, 500, 800),
    Entry("envoy", 2000, 400, 600, 800),
    Entry("busybox", 500, 150, 100, 300),
    Entry("alpine", 500, 150, 100, 300),
    Entry("pause", 200, 100, 50, 100),
    Entry("redis", 1200, 300, 700, 900),
    Entry("valkey", 1200, 300, 700, 900),
    Entry("memcached", 1000, 250, 300, 400),
    Entry("mysql", 4500, 600, 6500, 3000),
    Entry("mariadb", 4000, 600, 5500, 2500),
    Entry("percona", 4500, 600, 6500, 3000),
    Entry("postgres", 3500, 500, 4000, 1500),
    Entry("mongo", 4500, 600, 4500, 2000),
    Entry("cassandra", 5000, 800, 8000, 4000),
    Entry("elasticsearch", 6000, 800, 8000, 4000),
    Entry("opensearch", 6000, 800, 8000, 4000),
    Entry("kafka", 5000, 800, 6000, 3000),
    Entry("zookeeper", 3000, 600, 3000, 1500),
    Entry("etcd", 1500, 300, 1500, 800),
    Entry("rabbitmq", 2500, 500, 5000, 2500),
    Entry("nats", 800, 200, 300, 500),
    Entry("minio", 2000, 400, 1500, 800),
    Entry("prometheus", 2500, 400, 2000, 1000),
    Entry("grafana", 2500, 400, 3000, 1000),
    Entry("wordpress", 3000, 500, 2000, 1000),
    Entry("node", 2500, 400, 1200, 1000),
    Entry("python", 2500, 400, 1000, 1000),
    Entry("tomcat", 3000, 500, 4000, 1500),
    Entry("openjdk", 3000, 500, 4000, 1500),
];

/// What an image does that the catalogue does not know.
const UNKNOWN: Entry = Entry("", 1500, 400, 1000, 1000);

/// Tags that stand for an image that is not there.
const BAD_TAGS: &[&str] = &["bad", "broken", "does-not-exist", "doesnotexist", "missing", "nonexistent", "typo"];

/// The image's name without registry and repository, and its tag.
fn name_and_tag(image: &str) -> (&str, &str) {
    let image = image.split_once('@').map_or(image, |(name, _)| name);
    let last = image.rsplit('/').next().unwrap_or(image);
    last.split_once(':').unwrap_or((last, "latest"))
}

/// The image's name without registry, repository and tag.
pub fn image_name(image: &str) -> &str {
    name_and_tag(image).0
}

fn entry(image: &str) -> &'static Entry {
    let (name, _) = name_and_tag(image);
    IMAGES.iter().find(|e| name.starts_with(e.0)).unwrap_or(&UNKNOWN)
}

fn is_bad(image: &str) -> bool {
    let (name, tag) = name_and_tag(image);
    BAD_TAGS.contains(&tag) || BAD_TAGS.contains(&name)
}

/// Reads `2s`, `300ms`, `1m30s`, `1h`, or a bare number of seconds.
pub fn duration(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let bare = rest.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    let mut total = 0_u64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        if digits == 0 {
            return None;
        }
        let number = Quantity::parse(&rest[..digits]).ok()?.nano();
        let tail = &rest[digits..];
        let unit = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
        let nanos = match &tail[..unit] {
            "ms" => number / 1000,
            "s" => number,
            "" if bare => number,
            "m" => number.checked_mul(60)?,
            "h" => number.checked_mul(3600)?,
            _ => return None,
        };
        total = total.checked_add(u64::try_from(nanos).ok()?)?;
        rest = &tail[unit..];
    }
    Some(Duration::from_nanos(total))
}

/// A pod's own small delay, up to a fifth of `base`: the same each time, and different from its neighbours'.
fn jittered(pod: &Pod, base: u64, salt: u64) -> Duration {
    let mut rng = Rng::new(pod.meta.uid.0 ^ salt.wrapping_mul(0x9E37_79B9));
    Duration::from_millis(base + rng.below((base / 5).clamp(20, 400)))
}

impl Catalogue {
    fn annotation<'a>(pod: &'a Pod, key: &str) -> Option<&'a str> {
        if pod.spec.behaviour.is_empty() {
            return None;
        }
        let own = |k: &str| k.strip_prefix("podscope.dev/").unwrap_or(k) == key;
        pod.spec.behaviour.iter().find(|(k, _)| own(k)).map(|(_, v)| &**v)
    }

    fn asked(pod: &Pod, key: &str) -> Option<Duration> {
        Self::annotation(pod, key).and_then(duration)
    }

    fn flag(pod: &Pod, key: &str) -> bool {
        Self::annotation(pod, key).is_some_and(|v| v != "false")
    }
}

/// How long work that is meant to end takes when nothing says so.
const WORK: u64 = 4000;

/// How long a command runs and what it ends with, as far as its words tell.
fn command(pod: &Pod) -> (Option<Duration>, Option<i32>) {
    let mut words: Vec<&str> = Vec::new();
    let container = pod.spec.raw.get("containers").and_then(|c| c.items().first());
    for key in ["command", "args"] {
        let parts = container.and_then(|c| c.get(key)).map_or(&[][..], Value::items);
        let all = parts.iter().filter_map(Value::as_str).flat_map(|p| p.split([' ', '\n', '\t', ';', '&', '|']));
        words.extend(all.filter(|w| !w.is_empty()));
    }
    let after = |word: &str| words.iter().position(|w| *w == word).and_then(|at| words.get(at + 1));
    let code = after("exit").and_then(|w| w.parse().ok()).or_else(|| (words.last() == Some(&"false")).then_some(1));
    (after("sleep").and_then(|w| duration(w)), code)
}

impl Behaviour for Catalogue {
    fn of(&self, pod: &Pod) -> PodBehaviour {
        let slowest =
            |get: fn(&Entry) -> u64| pod.spec.containers.iter().map(|c| get(entry(&c.image))).max().unwrap_or_default();
        let time = |key: &str, get: fn(&Entry) -> u64, salt| {
            Self::asked(pod, key).unwrap_or_else(|| jittered(pod, slowest(get), salt))
        };
        let exit_code = Self::annotation(pod, "exit-code").and_then(|v| v.trim().parse().ok());
        let crash_after = Self::asked(pod, "crash-after");
        let ends = || {
            let (sleeps, code) = command(pod);
            let after = Self::asked(pod, "run-for").or(sleeps).unwrap_or_else(|| jittered(pod, WORK, 6));
            (after, exit_code.or(code).unwrap_or(0))
        };
        let finite = pod.spec.restart_policy != RestartPolicy::Always || Self::annotation(pod, "run-for").is_some();
        PodBehaviour {
            start_after: time("start-after", |e| e.2, 1),
            ready_after: (!Self::flag(pod, "never-ready")).then(|| time("ready-after", |e| e.3, 2)),
            ready_unprobed: Self::asked(pod, "ready-after").is_some(),
            terminate_after: Some(time("terminate-after", |e| e.4, 3)),
            unready: false,
            bad_image: Self::flag(pod, "bad-image") || pod.spec.containers.iter().any(|c| is_bad(&c.image)),
            crash: match crash_after {
                Some(after) => Some((after, exit_code.unwrap_or(1))),
                None => finite.then(ends),
            },
        }
    }

    fn pull(&self, pod: &Pod, container: &Container) -> Duration {
        Self::asked(pod, "pull-after").unwrap_or_else(|| jittered(pod, entry(&container.image).1, 4))
    }

    fn init(&self, pod: &Pod, _container: &Container) -> Duration {
        Self::asked(pod, "init-after").unwrap_or_else(|| jittered(pod, 1000, 5))
    }

    fn bad_image(&self, pod: &Pod, container: &Container) -> bool {
        Self::flag(pod, "bad-image") || is_bad(&container.image)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_durations() {
        let rows = [("2s", 2000), ("300ms", 300), ("1m30s", 90_000), ("1.5s", 1500), ("4", 4000), ("1h", 3_600_000)];
        for (text, millis) in rows {
            assert_eq!(duration(text), Some(Duration::from_millis(millis)), "{text}");
        }
        for text in ["x", "2x", "s", "-1", "1e400"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }

    #[test]
    fn knows_images_by_name_and_tag() {
        assert_eq!(entry("docker.io/library/mysql:8.4").0, "mysql");
        assert_eq!(entry("registry:5000/team/nginx@sha256:00").0, "nginx");
        assert_eq!(entry("acme/shop").0, "");
        assert!(is_bad("nginx:does-not-exist") && is_bad("acme/web:bad") && !is_bad("nginx:1.27"));
    }
}
