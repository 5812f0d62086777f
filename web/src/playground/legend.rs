//! What the shapes and their outlines mean.

use yew::prelude::*;

const STATES: [(&str, &str); 7] = [
    ("pending", "Pending: no node yet"),
    ("creating", "Creating: pulls and starts"),
    ("unready", "Running, not Ready"),
    ("ready", "Ready: gets requests"),
    ("ready old", "of an old revision"),
    ("terminating", "Terminating"),
    ("crashloop", "failed, or waits to try again"),
];

/// Requests, as the canvas over the stage draws them.
const REQUESTS: [(&str, &str, &str); 4] = [
    ("request", "M4 0a4 4 0 1 0-8 0a4 4 0 1 0 8 0", "a request, and its answer"),
    ("request lost", "M-5-5L5 5M5-5L-5 5", "refused: nobody listens"),
    ("request lost", "M0-5L5 5H-5Z", "reset: its pod ended"),
    ("request late", "M6 0a6 6 0 1 0-12 0a6 6 0 1 0 12 0", "no answer in time"),
];

/// A button that opens the legend.
pub fn legend() -> Html {
    html! {
        <details class="legend">
            <summary>{ "Legend" }</summary>
            <ul>
                { for STATES.iter().map(|(class, words)| html! {
                    <li>
                        <svg viewBox="-13 -13 26 26" aria-hidden="true">
                            <g class={classes!("pod", "round", *class)}><circle class="body" r="9" /><circle class="ring" r="9" pathLength="100" /></g>
                        </svg>
                        { *words }
                    </li>
                }) }
                <li>
                    <svg viewBox="-13 -13 26 26" aria-hidden="true"><g class="pod round ready"><circle class="body" r="9" /></g></svg>
                    { "Round: interchangeable" }
                </li>
                <li>
                    <svg viewBox="-13 -13 26 26" aria-hidden="true"><g class="pod square ready"><rect class="body" x="-9" y="-9" width="18" height="18" rx="4" /></g></svg>
                    { "Square: has a number, a name and a volume" }
                </li>
                { for REQUESTS.iter().map(|(class, shape, words)| html! {
                    <li><svg viewBox="-13 -13 26 26" aria-hidden="true"><path class={*class} d={*shape} /></svg>{ *words }</li>
                }) }
            </ul>
        </details>
    }
}
