// The API and the URL of the command line. Programs await the calls of either API.

const [, , name, address] = process.argv

export const url = address
export const { connect } = await import(name)
