//! Log records as go-plugin's clients read them: one hclog JSON object per line on standard error.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::io::Write;
use std::sync::Arc;

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::FilterFn;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;

use printable::printable;

/// Clients cut lines above 64 KiB into pieces and log those as plain text.
const LONGEST_LINE: usize = 60 * 1024;

/// Longest text of one field; escaping in JSON can make it twice as long.
const LONGEST_TEXT: usize = 8 * 1024;

/// Exactly six digits: with three or nine, clients show the whole line as it is.
const TIMESTAMP: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]Z");

/// Tells the time a record was made.
pub type Now = Arc<dyn Fn() -> OffsetDateTime + Send + Sync>;

/// The clock of the machine.
#[allow(clippy::disallowed_methods, reason = "the one place from which a provider may take it")]
pub fn system_clock() -> Now {
    Arc::new(OffsetDateTime::now_utc)
}

/// The level wanted, from the variables `TF_LOG_PROVIDER` and, if that is empty, `TF_LOG`. Clients filter as well; this
/// spares making records that nobody sees. A word that is no level means everything, as it does in Terraform.
pub fn level_from(provider: Option<&str>, all: Option<&str>) -> LevelFilter {
    let set = |text: Option<&str>| text.filter(|text| !text.is_empty()).map(str::to_ascii_uppercase);
    match set(provider).or(set(all)).as_deref() {
        None | Some("OFF") => LevelFilter::OFF,
        Some("ERROR") => LevelFilter::ERROR,
        Some("WARN") => LevelFilter::WARN,
        Some("INFO") => LevelFilter::INFO,
        Some("DEBUG") => LevelFilter::DEBUG,
        Some(_) => LevelFilter::TRACE,
    }
}

/// Starts logging for this process. Records of `crates` alone are written: what libraries log below this program (HTTP
/// frames, credentials' requests) could hold what must not be seen.
///
/// Does nothing if logging has been started before.
pub fn install(level: LevelFilter, crates: &[&str], now: Now) {
    if level == LevelFilter::OFF {
        return;
    }
    let crates: Vec<String> = crates.iter().map(|name| (*name).to_owned()).collect();
    let filter = FilterFn::new(move |record| {
        *record.level() <= level && crates.iter().any(|name| is_of_crate(record.target(), name))
    })
    .with_max_level_hint(level);
    let layer = HclogLayer::new(std::io::stderr, now);
    let subscriber = tracing_subscriber::registry().with(layer.with_filter(filter));
    // The only error is that there is a subscriber already.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

/// Whether records of this target are made in the crate `name`; `notes_core` is another crate than `notes`.
fn is_of_crate(target: &str, name: &str) -> bool {
    target.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Writes each record as one line. What cannot be written is lost: a log must not end a restore.
pub struct HclogLayer<W> {
    writer: W,
    now: Now,
}

impl<W, O> HclogLayer<W>
where
    W: Fn() -> O + Send + Sync + 'static,
    O: Write,
{
    /// A layer that asks `writer` for a place to write each line to.
    pub fn new(writer: W, now: Now) -> Self {
        Self { writer, now }
    }
}

impl<S, W, O> Layer<S> for HclogLayer<W>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
    W: Fn() -> O + Send + Sync + 'static,
    O: Write,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(of_span) = span.extensions().get::<Fields>() {
                fields.0.extend(of_span.0.clone());
            }
        }
        // A span has no message; whatever stands under that name is a field of the event.
        fields.0.remove("message");
        event.record(&mut fields);
        let message = match fields.0.remove("message") {
            Some(Value::String(message)) => message,
            Some(other) => other.to_string(),
            None => String::new(),
        };
        let metadata = event.metadata();
        let line = line(*metadata.level(), metadata.target(), (self.now)(), message, fields);
        let _ = (self.writer)().write_all(line.as_bytes());
    }
}

/// One line. Clients panic if one of the four keys with `@` is not a string, so they are set last and win over any field.
fn line(level: Level, target: &str, now: OffsetDateTime, message: String, fields: Fields) -> String {
    let level = match level {
        Level::ERROR => "error",
        Level::WARN => "warn",
        Level::INFO => "info",
        Level::DEBUG => "debug",
        Level::TRACE => "trace",
    };
    let mut entry = fields.0;
    let mut set = |key: &str, text: String| entry.insert(key.to_owned(), Value::String(text));
    set("@level", level.to_owned());
    set("@message", cut(message));
    set("@module", target.replace("::", "."));
    if let Ok(timestamp) = now.to_offset(time::UtcOffset::UTC).format(TIMESTAMP) {
        set("@timestamp", timestamp);
    }
    let mut line = to_json(&entry);
    if line.len() > LONGEST_LINE {
        entry.retain(|key, _| key.starts_with('@'));
        entry.insert("fields".to_owned(), Value::String("(left out: too long)".to_owned()));
        line = to_json(&entry);
    }
    line.push('\n');
    line
}

fn to_json(entry: &BTreeMap<String, Value>) -> String {
    // Fails for keys that are no strings, of which there are none.
    serde_json::to_string(entry).unwrap_or_default()
}

/// What a record may hold of a text: clients write it to the terminal of a pipeline as it is.
fn cut(text: String) -> String {
    let mut text = printable(text);
    if text.len() > LONGEST_TEXT {
        let end = text.floor_char_boundary(LONGEST_TEXT);
        text.truncate(end);
        text.push_str("… (cut)");
    }
    text
}

/// Fields of a span or an event.
#[derive(Clone, Default)]
struct Fields(BTreeMap<String, Value>);

impl Fields {
    fn set(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        // JSON has no infinity.
        let number = serde_json::Number::from_f64(value);
        self.set(field, number.map_or_else(|| Value::String(value.to_string()), Value::Number));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.set(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.set(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.set(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, cut(value.to_owned()));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let mut text = value.to_string();
        let mut cause = value.source();
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        self.set(field, cut(text));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.set(field, cut(format!("{value:?}")));
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Mutex;

    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_crate_whose_name_begins_alike_is_another_crate() {
        for target in ["notes", "notes::client"] {
            assert!(is_of_crate(target, "notes"), "{target}");
        }
        for target in ["notes_core", "notes_core::http", "my::notes"] {
            assert!(!is_of_crate(target, "notes"), "{target}");
        }
    }

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(work: impl FnOnce()) -> Vec<Value> {
        let lines = Lines::default();
        let writer = lines.clone();
        let now: Now = Arc::new(|| datetime!(2026-01-02 16:04:05.5 +01:00));
        let layer = HclogLayer::new(move || writer.clone(), now);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), work);
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        assert!(text.lines().all(|line| line.len() < 64 * 1024));
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn a_record_is_one_hclog_entry_with_the_fields_of_its_spans() {
        let entries = logged(|| {
            let span = tracing::info_span!("call", tf_rpc = "Read", found = tracing::field::Empty);
            let _entered = span.enter();
            span.record("found", true);
            tracing::warn!(attempt = 3, ratio = 0.5, odd = f64::NAN, what = ?Some("x"), "not\nyet");
        });
        let expected = serde_json::json!({
            "@level": "warn",
            "@message": "not\nyet",
            "@module": module_path!().replace("::", "."),
            "@timestamp": "2026-01-02T15:04:05.500000Z",
            "tf_rpc": "Read", "found": true, "attempt": 3, "ratio": 0.5, "odd": "NaN", "what": "Some(\"x\")",
        });
        assert_eq!(entries, [expected]);
    }

    #[test]
    fn a_field_cannot_take_the_place_of_a_key_of_hclog() {
        let entries = logged(|| tracing::info!("@message" = 5, "@level" = true, "text"));
        assert_eq!((&entries[0]["@message"], &entries[0]["@level"]), (&"text".into(), &"info".into()));
    }

    #[test]
    fn nothing_in_a_record_is_a_command_to_a_pipeline() {
        let entries = logged(|| {
            let error = io::Error::other("::error::e");
            let span = tracing::info_span!("call", of_span = "##vso[s]");
            let _entered = span.enter();
            tracing::info!(text = "::warning::t", debug = ?Some("##vso[d]"), error = &error as &dyn Error, "##vso[m]\n::add-mask::x");
        });
        let seen = |key: &str| entries[0][key].as_str().unwrap().to_owned();
        assert_eq!(seen("@message"), "# #vso[m]\n: :add-mask::x");
        assert_eq!(seen("of_span"), "# #vso[s]");
        assert_eq!(seen("text"), ": :warning::t");
        assert_eq!(seen("debug"), "Some(\"# #vso[d]\")");
        assert_eq!(seen("error"), ": :error::e");
    }

    #[test]
    fn an_error_is_written_with_its_causes() {
        let cause = io::Error::other("disk full");
        let error = super::super::listener::ListenError::Socket { directory: "/x".to_owned(), source: cause };
        let entries = logged(|| tracing::info!(error = &error as &dyn Error));
        assert_eq!(entries[0]["error"], "opening a socket in /x failed: disk full");
    }

    #[test]
    fn long_texts_are_cut_and_a_line_never_reaches_the_limit() {
        let long = "\"\n".repeat(40_000);
        let entries = logged(|| {
            tracing::info!(long, "{long}");
            tracing::info!(a = long, b = long, c = long, d = long, "short");
        });
        assert!(entries[0]["@message"].as_str().unwrap().ends_with("… (cut)"));
        assert_eq!(entries[1]["fields"], "(left out: too long)");
        assert_eq!(entries[1]["@message"], "short");
    }

    #[test]
    fn a_writer_that_fails_is_ignored() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
        }
        let layer = HclogLayer::new(|| Gone, Arc::new(|| OffsetDateTime::UNIX_EPOCH));
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || tracing::error!("lost"));
    }

    #[test]
    fn the_provider_variable_wins_and_an_odd_word_means_everything() {
        assert_eq!(level_from(None, None), LevelFilter::OFF);
        assert_eq!(level_from(Some(""), Some("info")), LevelFilter::INFO);
        assert_eq!(level_from(Some("error"), Some("TRACE")), LevelFilter::ERROR);
        assert_eq!(level_from(Some("off"), Some("TRACE")), LevelFilter::OFF);
        assert_eq!(level_from(None, Some("JSON")), LevelFilter::TRACE);
        assert_eq!(level_from(None, Some("1")), LevelFilter::TRACE);
    }
}
