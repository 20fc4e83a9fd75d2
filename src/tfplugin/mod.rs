//! Terraform's plugin protocol 6: handshake, TLS, server, schema, values, diagnostics and plan rules.
//! Nothing of Azure may enter.
