//! Compiles `proto/`, in Rust alone: nobody needs a protoc.

use std::error::Error;
use std::path::PathBuf;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    let out = PathBuf::from(std::env::var("OUT_DIR")?);

    // Terraform's service is generated apart from its messages, because one answer, the schema, is handed to tonic
    // already encoded: every process of every command asks for it, and it never changes.
    let terraform = protox::compile(["proto/tfplugin6.proto"], ["proto"])?;
    tonic_prost_build::configure().build_client(false).build_server(false).compile_fds(terraform.clone())?;
    let services = out.join("services");
    std::fs::create_dir_all(&services)?;
    tonic_prost_build::configure()
        .build_client(false)
        .generate_default_stubs(true)
        .out_dir(services)
        .extern_path(".tfplugin6", "crate::tfplugin::proto::tfplugin6")
        .extern_path(".tfplugin6.GetProviderSchema.Response", "crate::tfplugin::schema_response::SchemaResponse")
        .compile_fds(terraform)?;

    let go_plugin = protox::compile(["proto/plugin.proto", "proto/health.proto"], ["proto"])?;
    tonic_prost_build::configure().build_client(false).compile_fds(go_plugin)?;
    Ok(())
}
