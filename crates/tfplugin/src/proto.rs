//! Code generated from `proto/`: messages and services, exactly as they are on the wire.
//!
//! Public for tests that play Terraform's part. Inside, only the files that convert and serve may name these types.
#![allow(missing_docs, clippy::all, clippy::pedantic)]

/// Messages of Terraform's protocol 6.
pub mod tfplugin6 {
    tonic::include_proto!("tfplugin6");
}

/// The server side of Terraform's protocol 6.
pub mod tfplugin6_server {
    tonic::include_proto!("services/tfplugin6");
}

/// go-plugin's own services.
pub mod go_plugin {
    tonic::include_proto!("plugin");
}

/// gRPC's health service.
pub mod health {
    tonic::include_proto!("grpc.health.v1");
}
