// Prints the packages and addons that loading the package requests on a platform, and the message of the error.
// Arguments: the entry, platform, architecture, and the program that Node appears to be.
const Module = require('node:module')

const [, , entry, platform, arch, execPath] = process.argv
for (const [name, value] of Object.entries({ platform, arch, execPath }))
  Object.defineProperty(process, name, { value })

const requested = []
const resolve = Module._resolveFilename
Module._resolveFilename = function (request, ...rest) {
  if (request.endsWith('.node') || request.startsWith('@')) requested.push(request)
  return resolve.call(this, request, ...rest)
}
let message
try {
  require(entry)
} catch (error) {
  message = error.message
}
console.log(JSON.stringify({ requested, message }))
