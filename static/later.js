// Loads what no page needs for its first frame: the stage's tools.
addEventListener("TrunkApplicationStarted", () => {
  (window.requestIdleCallback ?? setTimeout)(async () => {
    (await import("./stage/stage.js")).watch(document.getElementById("podscope"));
  });
});
