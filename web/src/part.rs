//! [`Part`]: the one Yew component that everything on the page is an instance of.
//!
//! Yew compiles its life cycle anew for each component type, about 3 kB of wasm each; here it is compiled once. A part
//! is written as any function component is, and placed by [`part!`] instead of by a tag.

use std::any::Any;
use std::rc::Rc;
use yew::functional::{FunctionProvider, Hook, HookContext};
use yew::html::HtmlResult;
use yew::prelude::*;
use yew::virtual_dom::{Key, VChild};

/// A function component with its properties, whichever it is.
trait Drawn {
    fn any(&self) -> &dyn Any;
    fn same(&self, other: &dyn Drawn) -> bool;
    fn draw(&self, context: &mut HookContext) -> HtmlResult;
}

struct Of<F: FunctionProvider>(F::Properties);

impl<F: FunctionProvider + 'static> Drawn for Of<F> {
    fn any(&self) -> &dyn Any {
        self
    }

    fn same(&self, other: &dyn Drawn) -> bool {
        other.any().downcast_ref::<Self>().is_some_and(|other| self.0 == other.0)
    }

    fn draw(&self, context: &mut HookContext) -> HtmlResult {
        F::run(context, &self.0)
    }
}

/// What [`Part`] needs.
#[derive(Clone, Properties)]
pub struct PartProps {
    of: Rc<dyn Drawn>,
}

impl PartialEq for PartProps {
    fn eq(&self, other: &Self) -> bool {
        self.of.same(&*other.of)
    }
}

/// Draws what it is given. Two instances in the same place with different functions have different keys, see
/// [`of`], so that the hooks of one are never taken for those of the other.
#[component]
fn Part(props: &PartProps) -> HtmlResult {
    use_drawn(&*props.of)
}

struct UseDrawn<'a>(&'a dyn Drawn);

impl Hook for UseDrawn<'_> {
    type Output = HtmlResult;

    fn run(self, context: &mut HookContext) -> HtmlResult {
        self.0.draw(context)
    }
}

const fn use_drawn(of: &dyn Drawn) -> UseDrawn<'_> {
    UseDrawn(of)
}

/// A part, drawn by the function component `F`. Without a `key` it is known by its function.
pub fn of<F: FunctionProvider + 'static>(key: Option<Key>, props: F::Properties) -> Html {
    placed(key.unwrap_or_else(|| Key::from(F::run as *const () as usize)), Rc::new(Of::<F>(props)))
}

fn placed(key: Key, of: Rc<dyn Drawn>) -> Html {
    VChild::<Part>::new(PartProps { of }, Some(key)).into()
}

/// `part!(Pod, key = uid; place: place, leaving: true)`: what the tag `<Pod key={uid} place={place} leaving={true} />`
/// would be. The key may be left out where no other part of that name stands beside it.
macro_rules! part {
    ($of:ident, key = $key:expr; $($props:tt)*) => {
        $crate::part::of::<$of>(
            Some(::yew::virtual_dom::Key::from($key)),
            ::yew::props!(<$of as ::yew::html::BaseComponent>::Properties { $($props)* }),
        )
    };
    ($of:ident, $($props:tt)*) => {
        $crate::part::of::<$of>(None, ::yew::props!(<$of as ::yew::html::BaseComponent>::Properties { $($props)* }))
    };
}
pub(crate) use part;
