import { generateCstDts } from 'chevrotain'
import { parser } from '../parser.ts'
import { languageConfiguration } from './configuration.ts'
import { diagrams } from './diagrams.ts'
import { ebnf } from './ebnf.ts'
import { textMate } from './textmate.ts'

/** Every file of this folder that is derived from the tokens and the parser, by its name. */
export function artefacts(): ReadonlyMap<string, string> {
  return new Map([
    ['cst.ts', cst()],
    ['gdn.ebnf', ebnf()],
    ['gdn.tmLanguage.json', textMate()],
    ['language-configuration.json', languageConfiguration()],
    ['diagrams.html', diagrams()],
  ])
}

function cst(): string {
  const types = generateCstDts(parser.getGAstProductions()).trim()
  return `/** The concrete syntax tree. Generated from the parser by scripts/grammar.ts. */\n${types}\n`
}
