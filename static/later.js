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
