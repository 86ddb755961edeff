"""The pages people look at: server-rendered, without script, strict about where anything may come from."""
