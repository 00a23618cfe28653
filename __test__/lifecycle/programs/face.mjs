// The face and the URL a program was started with. Both faces are awaited: it costs a blocking one nothing.

const [, , name, address] = process.argv

export const url = address
export const { connect } = await import(name)
