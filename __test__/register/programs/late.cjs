// Loads ws before the replacement.

const Before = require('ws')
import(process.env.REGISTER).then(() => {
  const After = require('ws')
  console.log(
    After !== Before,
    new After(null, undefined, {}) instanceof Before,
    After.Server === Before.Server,
  )
})
