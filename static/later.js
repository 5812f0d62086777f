// Loads what no page needs for its first frame: the module that simulates all kinds, once there is one that the first module
// does not; the stage's tools; and lessons when they are opened.
const idle = window.requestIdleCallback ?? setTimeout;
const lesson = () => {
  if (location.hash.startsWith("#lesson=")) idle(() => document.querySelector("[data-tab=Lessons]")?.click());
};

window.podscopeLarger = async () => {
  const module = await import("./more/podscope_page_more.js");
  await module.default();
  window.wasmBindings = module;
  lesson();
};

addEventListener("TrunkApplicationStarted", () => {
  idle(async () => {
    (await import("./stage/stage.js")).watch(document.getElementById("podscope"));
  });
  addEventListener("click", async (event) => {
    if (!event.target.closest?.("[data-tab=Lessons]")) return;
    const { show } = await import("./lesson/lesson.js");
    show(document.querySelector("[data-panel=lessons]"));
  });
  lesson();
});

// And the panel of a database, when the first one is looked at.
window.podscopeDatabase = async (place, text) => {
  (await import("./stage/database.js")).draw(place, text ? JSON.parse(text) : null);
};
