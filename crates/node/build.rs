//! Sets the linker flags of a Node-API addon for each platform.

fn main() {
    napi_build::setup();
    // A Worker that was the only user of the addon unloads it when it ends, while the Tokio thread still runs its code.
    // On ELF platforms a linker flag prevents that; on the others `bind` pins the image.
    if std::env::var("CARGO_CFG_TARGET_OS")
        .is_ok_and(|os| matches!(os.as_str(), "linux" | "android" | "freebsd"))
    {
        println!("cargo::rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}
