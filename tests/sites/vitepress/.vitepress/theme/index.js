import DefaultTheme from "vitepress/theme";

// There are no elements on a server.
if (!import.meta.env.SSR) import("podscope");

export default DefaultTheme;
