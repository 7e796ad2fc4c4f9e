"""The pages a reader sees, held to what happens: commands run, outputs compared, links followed.

What a test has to know about a block stands in comments right above it, unseen by the reader:

| comment | meaning |
|---|---|
| `needs: helm` | a tool that not every machine has; those of `ELSEWHERE` run in `make e2e` |
| `exits: 1` | the command is to end with this code; 0 where nothing is said |
| `continues: the block above` | it runs where the command before it has run |
| `with: IMAGE = localhost/fix-ksm-probes` | what a reader puts in the place of a word |
| `last step not run: needs a cluster` | all of the pipe runs but its last command |
| `save as: broken.yaml` | a file that the commands below it read |
| `is: examples/kpt/Kptfile` | lines that stand so in a file |
| `shown by: make demo` | an output of this command, which stands elsewhere |
| `settings: ...` | a functionConfig that must be accepted |
| `event: ksm.yaml` | what a kubelet reports of this file, or manifest of the cluster's matrix |
| `unchecked: make test runs this` | neither run nor compared, and why |

Any other block is run (`sh`), or is the output of the command above it, to the letter; a line `...`
stands for any lines, and `...` at the end of a line for the rest of it.
"""
