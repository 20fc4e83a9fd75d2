use std::path::Path;

use base64::Engine;
use serde_json::Value;

/// A state file (version 4), read as it lies on the disk: the client's own account leaves out what is private.
#[derive(Debug, Clone)]
pub struct StateFile {
    json: Value,
}

/// One object in the state.
#[derive(Debug, Clone)]
pub struct Instance {
    pub attributes: Value,
    pub tainted: bool,
    /// What the provider keeps beside the attributes, decoded.
    pub private: Vec<u8>,
}

impl StateFile {
    /// The state in a file. An absent file is an empty state, and so is one of no length: a killed client leaves that.
    pub fn read(path: &Path) -> Self {
        let text = match std::fs::read_to_string(path) {
            Ok(text) if text.is_empty() => "{}".to_owned(),
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => "{}".to_owned(),
            Err(error) => panic!("{}: {error}", path.display()),
        };
        let json = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self { json }
    }

    /// The current object of a resource without `count` and `for_each`.
    pub fn find(&self, address: &str) -> Option<Instance> {
        self.instances(address).find(|instance| instance["deposed"].is_null()).map(read_instance)
    }

    /// As [`StateFile::find`], for a test that is sure of it.
    pub fn get(&self, address: &str) -> Instance {
        self.find(address).unwrap_or_else(|| panic!("{address} is not in the state: {:#}", self.json))
    }

    /// True when no managed resource is left.
    pub fn is_empty(&self) -> bool {
        self.resources().all(|resource| resource["mode"] == "data")
    }

    /// Every private part in the state, decoded.
    pub fn private_parts(&self) -> Vec<Vec<u8>> {
        let instances = self.resources().flat_map(|resource| resource["instances"].as_array().into_iter().flatten());
        instances.map(|instance| read_instance(instance).private).collect()
    }

    fn resources(&self) -> impl Iterator<Item = &Value> {
        self.json["resources"].as_array().into_iter().flatten()
    }

    fn instances(&self, address: &str) -> impl Iterator<Item = &Value> {
        let (mode, rest) = match address.strip_prefix("data.") {
            Some(rest) => ("data", rest),
            None => ("managed", address),
        };
        let (kind, name) = rest.split_once('.').unwrap_or_else(|| panic!("{address} is no address of a resource"));
        let (kind, name) = (kind.to_owned(), name.to_owned());
        let fits =
            move |resource: &&Value| resource["mode"] == mode && resource["type"] == *kind && resource["name"] == *name;
        self.resources().filter(fits).flat_map(|resource| resource["instances"].as_array().into_iter().flatten())
    }
}

impl Instance {
    /// A string attribute; empty text stands for null.
    pub fn text(&self, name: &str) -> &str {
        self.attributes[name].as_str().unwrap_or_default()
    }
}

fn read_instance(instance: &Value) -> Instance {
    let private = instance["private"].as_str().unwrap_or_default();
    let private = base64::engine::general_purpose::STANDARD.decode(private).expect("private state is base64");
    Instance { attributes: instance["attributes"].clone(), tainted: instance["status"] == "tainted", private }
}
