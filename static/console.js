// Loads kubectl, which is a module of its own, when it is first wanted.
(() => {
  let loading;
  window.podscopeConsole = () => {
    loading ??= import("./console/podscope_console.js").then(async (module) => {
      await module.default();
      return new module.Console();
    });
    // What failed is tried again.
    loading.catch(() => { loading = undefined; });
    return loading;
  };
})();
