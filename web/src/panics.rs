//! Tells the page about a panic, so that it can say so and hand the manifest back.

use crate::dom;

/// From now on a panic becomes a `podscope-panic` event on the window, with the message as its detail.
pub fn report() {
    // Yew puts in a hook of its own otherwise.
    yew::set_custom_panic_hook(Box::new(|info| {
        let options = web_sys::CustomEventInit::new();
        options.set_detail(&info.to_string().into());
        let event = web_sys::CustomEvent::new_with_event_init_dict("podscope-panic", &options);
        if let (Some(window), Ok(event)) = (dom::window(), event) {
            let _ = window.dispatch_event(&event);
        }
    }));
}
