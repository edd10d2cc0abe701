// What `evertoken` and `evertoken/slim` have in common.
export * from "./answers.js";
export * from "./backends.js";
export * from "./custom-backend.js";
export * from "./errors.js";
export * from "./events.js";
export * from "./options.js";
export * from "./session.js";
export * from "./stores.js";
