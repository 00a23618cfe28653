//! Sets the linker flags that a Node-API addon needs on each platform.

fn main() {
    napi_build::setup();
    // A Worker that was the only user of the addon unloads it when it ends, while the Tokio thread
    // still runs its code. ELF can forbid that at link time; elsewhere `bind` pins the image.
    if std::env::var("CARGO_CFG_TARGET_OS")
        .is_ok_and(|os| matches!(os.as_str(), "linux" | "android" | "freebsd"))
    {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
