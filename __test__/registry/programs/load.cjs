// Loads the package and prints the error. Copied into the folders in which the package is installed. Does not import it:
// Node 20 rejects import() and ends the process as well if a CommonJS module that an ES module imports throws.
try {
  require('websocket-rs')
  console.log(JSON.stringify({}))
} catch ({ name, code, message }) {
  console.log(JSON.stringify({ name, code, message }))
}
