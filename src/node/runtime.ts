/** The runtime: Bun and Deno have most of Node's modules, and other event loops. */

/** Whether it is Node. */
export const isNode = process.versions.bun === undefined && process.versions.deno === undefined
