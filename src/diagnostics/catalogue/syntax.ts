/** GDN1xxx: the text and its syntax. */
export * from './syntax/rules.ts'
export * from './syntax/structure.ts'
export * from './syntax/text.ts'
