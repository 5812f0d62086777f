// Loads what no page needs for its first frame: the module that simulates all kinds, once there is one that the first module
// does not; the stage's tools; what builds, and keeps the text in step; what keeps the page for when there is no network; and lessons when they are opened.
const idle = window.requestIdleCallback ?? setTimeout;
const lesson = () => {
  if (location.hash.startsWith("#lesson=")) idle(() => document.querySelector("[data-tab=Lessons]")?.click());
};

window.podscopeLarger = async () => {
  const module = await import("./more/podscope_page_more.js");
  await module.default();
  window.wasmBindings = module;
  lesson();
  // What was done as this module was gone to is not in the text yet.
  window.podscopeDone();
};

window.podscopeDone = async () => (await import("./build/build.js")).done();

addEventListener("TrunkApplicationStarted", () => {
  idle(async () => {
    const root = document.getElementById("podscope");
    (await import("./stage/stage.js")).watch(root);
    // The module that simulates all kinds may have to come first.
    while (!root.querySelector(".page")) await new Promise(requestAnimationFrame);
    (await import("./build/build.js")).begin(root);
    (await import("./kubectl/drawer.js")).begin(root);
    // A frame of another site may not have one, and says so by throwing.
    try {
      await navigator.serviceWorker?.register("worker.js");
    } catch (why) {
      console.info("not kept for offline use:", why.message);
    }
  });
  addEventListener("click", async (event) => {
    if (!event.target.closest?.("[data-tab=Lessons]")) return;
    const { show } = await import("./lesson/lesson.js");
    show(document.querySelector("[data-panel=lessons]"));
  });
  lesson();
});

// What kubectl printed goes along to the module that simulates all kinds.
addEventListener("pagehide", () => {
  try {
    if (/"own":true/.test(sessionStorage.getItem("podscope/run"))) {
      sessionStorage.setItem("podscope/printed", window.wasmBindings.podscopePrinted());
    }
  } catch {
    // Storage may be full or forbidden: then it is lost, as it was.
  }
});

// And the panel of a database, when the first one is looked at.
window.podscopeDatabase = async (place, text) => {
  (await import("./stage/database.js")).draw(place, text ? JSON.parse(text) : null);
};
