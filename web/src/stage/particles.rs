//! Requests under way: one canvas over the drawing, on which each is a small shape that moves along the lines.
//!
//! How many there are shows the load. A request is a dot until it is known how it ends: a dot that goes back is answered, a
//! cross is refused, a triangle is reset, and a ring waits in vain.

use super::layout::Scene;
use super::wires::Curve;
use crate::dom;
use crate::number::within;
use crate::session::{Session, Topic};
use podscope_engine::view::{How, RequestView, Text};
use podscope_schema::sorted::SortedMap;
use std::f64::consts::TAU;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, Element, HtmlCanvasElement};
use yew::prelude::*;

/// The most that are drawn at a time, and that set out in one frame.
const MOST: usize = 400;
const MOST_NEW: usize = 12;
/// For how many milliseconds they travel to the Service, to the pod, and are seen after that.
const TO_SERVICE: f64 = 250.0;
const TO_POD: f64 = 350.0;
const AFTER: f64 = 450.0;
/// The style properties of the colours: answered or under way, lost, timed out.
const COLORS: [&str; 3] = ["--svc", "--bad", "--sts-ink"];

/// What [`Particles`] needs.
#[derive(Clone, PartialEq, Properties)]
pub struct ParticlesProps {
    /// Whose requests.
    pub session: Session,
    /// Where everything stands.
    pub scene: Rc<Scene>,
}

struct Particle {
    /// From the clients to the Service, when both are drawn; and on to the pod.
    first: Option<Curve>,
    second: Curve,
    how: How,
    age: f64,
}

#[derive(Default)]
struct Flock {
    seen: u64,
    flying: Vec<Particle>,
    scene: Rc<Scene>,
    /// The upper edges of the scene's pods, by uid; read when they are first needed.
    pods: Option<SortedMap<Text, (f64, f64)>>,
    last: f64,
    drawn: bool,
    canvas: NodeRef,
    colors: [String; 3],
    /// For how many frames these colours are believed.
    fresh: u8,
}

/// The canvas; nothing when the reader asked for less motion.
#[component]
pub fn Particles(props: &ParticlesProps) -> Html {
    let canvas = use_node_ref();
    let flock = use_mut_ref(Flock::default);
    {
        let mut flock = flock.borrow_mut();
        if !Rc::ptr_eq(&flock.scene, &props.scene) {
            flock.scene = props.scene.clone();
            flock.pods = None;
        }
        flock.canvas = canvas.clone();
    }
    let still = dom::reduced_motion();
    use_effect_with(props.session.clone(), move |session| {
        flock.borrow_mut().seen = session.requests_since(u64::MAX).0;
        let from = session.clone();
        let tick = Callback::from(move |()| flock.borrow_mut().tick(&from));
        let subscription = (!still).then(|| session.subscribe(Topic::Clock, tick));
        move || drop(subscription)
    });
    if still {
        return Html::default();
    }
    html! { <div class="over"><canvas ref={canvas} aria-hidden="true" /></div> }
}

impl Flock {
    /// One frame.
    fn tick(&mut self, session: &Session) {
        let at = dom::milliseconds();
        let passed = within(at - self.last, 0.0, 50.0);
        self.last = at;
        let (seen, new) = session.requests_since(self.seen);
        if seen < self.seen {
            self.flying.clear();
        }
        self.seen = seen;
        if new.is_empty() && self.flying.is_empty() && !self.drawn {
            return;
        }
        for particle in &mut self.flying {
            particle.age += passed;
        }
        self.flying.retain(|particle| particle.age < TO_SERVICE + TO_POD + AFTER);
        // When there are too many, those that fail are seen first.
        let lost = new.iter().filter(|r| r.how != How::Served).count().min(MOST_NEW);
        let served = new.len() - new.iter().filter(|r| r.how != How::Served).count();
        let step = served.div_ceil((MOST_NEW - lost).max(1)).max(1);
        let failed = new.iter().filter(|r| r.how != How::Served).take(lost);
        let answered = new.iter().filter(|r| r.how == How::Served).step_by(step);
        for request in failed.chain(answered) {
            if self.flying.len() < MOST
                && let Some(particle) = self.particle(request)
            {
                self.flying.push(particle);
            }
        }
        self.draw();
    }

    fn particle(&mut self, request: &RequestView) -> Option<Particle> {
        let scene = &self.scene;
        let is = |name: &Text, namespace: &Text| (namespace, name) == (&request.service.0, &request.service.1);
        let place = scene.services.iter().find(|p| is(&p.service.name, &p.service.namespace))?;
        let pods = self.pods.get_or_insert_with(|| scene.tops());
        let first = scene.clients.map(|clients| Curve::from_clients(clients, place));
        // One that no pod is there for ends under its Service.
        let (x, y) = (place.area.middle(), place.area.y + place.area.h);
        let nowhere = Curve { from: (x, y), to: (x, y + 14.0), down: 5.0, up: 5.0 };
        let to = request.pod.as_ref().and_then(|uid| pods.get(uid));
        let second = to.map_or(nowhere, |to| Curve::to_pod(place, *to));
        let age = if first.is_some() { 0.0 } else { TO_SERVICE };
        Some(Particle { first, second, how: request.how, age })
    }

    fn draw(&mut self) -> Option<()> {
        let canvas = self.canvas.cast::<HtmlCanvasElement>()?;
        let stage = canvas.closest(".stage").ok()??;
        let drawing = stage.query_selector(":scope > svg").ok()??;
        let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.unchecked_into();
        let ratio = dom::window()?.device_pixel_ratio();
        let (w, h) = (stage.client_width(), stage.client_height());
        let (dw, dh) = ((f64::from(w) * ratio) as u32, (f64::from(h) * ratio) as u32);
        if (canvas.width(), canvas.height()) != (dw, dh) {
            canvas.set_width(dw);
            canvas.set_height(dh);
            dom::set_style(&canvas, "width", &[&w.to_string(), "px"].concat());
            dom::set_style(&canvas, "height", &[&h.to_string(), "px"].concat());
        }
        context.reset_transform().ok()?;
        context.clear_rect(0.0, 0.0, f64::from(dw), f64::from(dh));
        self.drawn = !self.flying.is_empty();
        if !self.drawn {
            return None;
        }
        self.read_colors(&stage);
        let (to, from) = (drawing.get_bounding_client_rect(), canvas.get_bounding_client_rect());
        let scale = ratio * to.width() / self.scene.size.0.max(1.0);
        let (x, y) = (ratio * (to.left() - from.left()), ratio * (to.top() - from.top()));
        context.set_transform(scale, 0.0, 0.0, scale, x, y).ok()?;
        context.set_line_width(2.0);
        for (color, name) in self.colors.iter().enumerate() {
            context.set_fill_style_str(name);
            context.set_stroke_style_str(name);
            context.begin_path();
            self.flying.iter().filter(|p| p.color() == color).for_each(|p| p.trace(&context));
            if color == 0 { context.fill() } else { context.stroke() }
        }
        None
    }

    /// The theme's colours, now and then.
    fn read_colors(&mut self, stage: &Element) {
        self.fresh = self.fresh.wrapping_sub(1);
        if self.fresh == 0 || self.colors[0].is_empty() {
            self.fresh = 30;
            let style = dom::window().and_then(|w| w.get_computed_style(stage).ok().flatten());
            for (color, name) in self.colors.iter_mut().zip(COLORS) {
                *color = style.as_ref().and_then(|s| s.get_property_value(name).ok()).unwrap_or_default();
            }
        }
    }
}

impl Particle {
    /// For how many milliseconds its end has been known; negative before.
    fn over(&self) -> f64 {
        self.age - TO_SERVICE - TO_POD
    }

    /// Which of [`COLORS`] it has.
    fn color(&self) -> usize {
        match self.how {
            _ if self.over() < 0.0 => 0,
            How::Served => 0,
            How::Refused | How::Reset => 1,
            How::TimedOut => 2,
        }
    }

    /// Adds its outline to the path; what is answered or under way is filled then, what is lost is not.
    fn trace(&self, context: &CanvasRenderingContext2d) {
        let over = self.over();
        let left = 1.0 - over / AFTER;
        let (x, y) = match &self.first {
            Some(first) if self.age < TO_SERVICE => first.at(self.age / TO_SERVICE),
            _ if over < 0.0 => self.second.at((self.age - TO_SERVICE) / TO_POD),
            _ if self.how == How::Served => self.second.at(left),
            _ => self.second.to,
        };
        let r = 5.0;
        match self.how {
            _ if over < 0.0 => dot(context, x, y, 3.2),
            How::Served => dot(context, x, y, 1.2 + 1.6 * left),
            How::Refused => {
                for side in [-1.0, 1.0] {
                    context.move_to(x - side * r, y - r);
                    context.line_to(x + side * r, y + r);
                }
            }
            How::Reset => {
                context.move_to(x, y - r);
                context.line_to(x + r, y + r);
                context.line_to(x - r, y + r);
                context.close_path();
            }
            How::TimedOut => dot(context, x, y, r + 2.0 * (1.0 - left)),
        }
    }
}

fn dot(context: &CanvasRenderingContext2d, x: f64, y: f64, r: f64) {
    context.move_to(x + r, y);
    // A circle is always drawn.
    let _ = context.arc(x, y, r, 0.0, TAU);
}
