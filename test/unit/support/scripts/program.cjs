// Stands for the program in the runner's own tests.
const [, , command, who] = process.argv
const greet = (name) => process.stdout.write(`hello ${name}\n`)
if (command === 'greet') greet(who)
else {
  process.stdout.write('who? ')
  process.stdin.once('data', (bytes) => {
    greet(String(bytes).trim())
    process.exit(0)
  })
}
