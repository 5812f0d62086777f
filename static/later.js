// Loads what no page needs for its first frame: the stage's tools, and lessons when they are opened.
addEventListener("TrunkApplicationStarted", () => {
  const idle = window.requestIdleCallback ?? setTimeout;
  idle(async () => {
    (await import("./stage/stage.js")).watch(document.getElementById("podscope"));
  });
  addEventListener("click", async (event) => {
    if (!event.target.closest?.("[data-tab=Lessons]")) return;
    const { show } = await import("./lesson/lesson.js");
    show(document.querySelector("[data-panel=lessons]"));
  });
  if (location.hash.startsWith("#lesson=")) idle(() => document.querySelector("[data-tab=Lessons]")?.click());
});

// And the panel of a database, when the first one is looked at.
window.podscopeDatabase = async (place, text) => {
  (await import("./stage/database.js")).draw(place, text ? JSON.parse(text) : null);
};
