use serde_json::Value;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    Error,
    Warning,
}

/// One diagnostic as the client prints it with `-json`.
#[derive(Debug, Clone)]
pub struct Diagnostic {
    pub severity: Severity,
    pub summary: String,
    pub detail: String,
    /// `azurebackup_blob_restore.x`, where the diagnostic belongs to a resource.
    pub address: Option<String>,
    /// The source line that the client points at: what the user sees underlined.
    pub source_line: Option<String>,
}

impl Diagnostic {
    /// From the object in a line of type `diagnostic`, or in the list of `validate -json`.
    pub fn read(value: &Value) -> Self {
        let text = |name: &str| value[name].as_str().map(str::to_owned);
        let severity = if value["severity"] == "error" { Severity::Error } else { Severity::Warning };
        let code = value["snippet"]["code"].as_str();
        // The snippet may span several lines (a whole block); its start is what counts.
        let source_line = code.and_then(|code| code.lines().next()).map(|line| line.trim().to_owned());
        Self {
            severity,
            summary: text("summary").unwrap_or_default(),
            detail: text("detail").unwrap_or_default(),
            address: text("address"),
            source_line,
        }
    }

    /// Name of the argument that the client points at; the first word of a block's header when it points at the block.
    pub fn argument(&self) -> Option<&str> {
        let line = self.source_line.as_deref()?;
        line.split(|sign: char| sign == '=' || sign.is_whitespace()).find(|word| !word.is_empty())
    }

    /// Summary and detail with every run of blanks made one, so that a client's wrapping does not matter.
    pub fn text(&self) -> String {
        format!("{} {}", self.summary, self.detail).split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

/// Every diagnostic in what `-json` printed, in order.
pub fn in_output(stdout: &str) -> Vec<Diagnostic> {
    let lines = stdout.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut found = Vec::new();
    for line in lines {
        if line["type"] == "diagnostic" {
            found.push(Diagnostic::read(&line["diagnostic"]));
        }
    }
    found
}
