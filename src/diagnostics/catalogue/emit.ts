import { define } from '../diagnostic.ts'

/** GDN4xxx: writing a package. */

export const foreignFolder = define<{ folder: string; entries: readonly string[] }>({
  code: 'GDN4001',
  title: 'the output folder holds files that gdnc did not write',
  message: ({ folder, entries }) => {
    if (entries.length === 0) return `${folder} exists and is not a package of gdnc`
    const shown = entries.slice(0, 5).join(', ')
    return `${folder} also holds ${shown}${entries.length > 5 ? ` and ${entries.length - 5} more` : ''}, which gdnc did not write`
  },
  page: `\`gdnc compile --out folder\` makes the folder hold exactly the package: a package that is there is replaced as a whole. To lose nothing
of yours, it refuses a folder that is no package of gdnc, and one in which something else was put.

    gdnc compile h1.gdn --out .        // the folder of the spec itself

Name a folder of its own (\`--out dist/h1\`; it is made if it does not exist), or move your files out of it.`,
})

export const cannotWrite = define<{ folder: string; reason: string }>({
  code: 'GDN4002',
  title: 'the package cannot be written',
  message: ({ folder, reason }) => `${folder} cannot be written: ${reason}`,
  page: `The file system refused. Nothing was left behind: a package is written beside its place and put there at the end, so what was in the
folder before is still there.

    gdnc compile h1.gdn --out /usr/h1          // no permission
    gdnc compile h1.gdn --out h1.gdn/package   // h1.gdn is a file

Choose another folder, or free some space.`,
})

export const renamedClass = define<{ model: string; className: string }>({
  code: 'GDN4003',
  severity: 'warning',
  title: "the model's class has another name",
  message: ({ model, className }) => `the class of model \`${model}\` is called \`${className}\``,
  label: () => 'this name cannot be a class of the package, or is taken there',
  page: `The class of a package has the name of its model, unless that is a word of JavaScript or TypeScript, or a name that every package exports.

    model Session { .. }      // the class is SessionModel: every package exports a Session
    model class { .. }        // classModel

The package works as it is; the class is imported by the name that the message says. Rename the model to have it otherwise.`,
})

export const outOfDate = define<{ folder: string; files: readonly string[] }>({
  code: 'GDN4004',
  title: 'the folder does not hold this package',
  message: ({ folder, files }) => {
    const shown = files.slice(0, 5).join(', ')
    return `${folder} is not what the spec compiles to: ${shown}${files.length > 5 ? ` and ${files.length - 5} more` : ''}`
  },
  page: `\`gdnc compile --check --out folder\` writes nothing and fails if the folder differs from the package in any file: for packages that are
kept in a repository, beside the spec.

    gdnc compile h1.gdn --out h1 --check     // h1.gdn was changed, or another gdnc is installed

Run the command without \`--check\`, and commit what it writes.`,
})
