//! Compiles the workspace's `proto/`, in Rust alone: nobody needs a protoc.

use std::error::Error;
use std::path::PathBuf;

const PROTO: &str = "../../proto";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed={PROTO}");
    let out = PathBuf::from(std::env::var("OUT_DIR")?);

    // Terraform's service is generated apart from its messages, because one answer, the schema, is handed to tonic
    // already encoded: every process of every command asks for it, and it never changes.
    let terraform = protox::compile(["tfplugin6.proto"], [PROTO])?;
    tonic_prost_build::configure().build_client(false).build_server(false).compile_fds(terraform.clone())?;
    let services = out.join("services");
    std::fs::create_dir_all(&services)?;
    tonic_prost_build::configure()
        .build_client(false)
        .generate_default_stubs(true)
        .out_dir(services)
        .extern_path(".tfplugin6", "crate::proto::tfplugin6")
        .extern_path(".tfplugin6.GetProviderSchema.Response", "crate::schema_response::SchemaResponse")
        .compile_fds(terraform)?;

    let go_plugin = protox::compile(["plugin.proto", "health.proto"], [PROTO])?;
    tonic_prost_build::configure().build_client(false).compile_fds(go_plugin)?;
    Ok(())
}
