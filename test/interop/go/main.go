// Command logcheck checks a tiled transparency log, or a receipt of one, against a policy. It shares no code with the
// product: it is made of golang.org/x/mod/sumdb/note and golang.org/x/mod/sumdb/tlog as Debian packages them, and of what
// the C2SP texts say beyond those.
//
//	logcheck log     -policy POLICY [-earlier CHECKPOINT]... FOLDER
//	logcheck receipt -policy POLICY -leaf LEAF FILE.tlog-proof
//	logcheck batch   FILE                one request per line as JSON, one answer per line
//
// Exit code: 0 everything that was asked for holds; 1 something is wrong, and the first bad index is named; 2 it could not
// be checked.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

const usage = `logcheck log -policy POLICY [-earlier CHECKPOINT]... FOLDER
logcheck receipt -policy POLICY -leaf LEAF FILE.tlog-proof
logcheck batch FILE
`

// request is one question; batch reads it as a line of JSON.
type request struct {
	Kind    string   `json:"kind"`
	Path    string   `json:"path"`
	Policy  string   `json:"policy"`
	Leaf    string   `json:"leaf"`
	Earlier []string `json:"earlier"`
	Now     int64    `json:"now"`
}

func main() {
	code, err := run(os.Args[1:], os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "logcheck:", err)
	}
	os.Exit(code)
}

func run(args []string, out io.Writer) (int, error) {
	if len(args) == 0 {
		return exitUnchecked, errors.New(usage)
	}
	if args[0] == "batch" {
		if len(args) != 2 {
			return exitUnchecked, errors.New(usage)
		}
		return runBatch(args[1], out)
	}
	asked, err := parseRequest(args)
	if err != nil {
		return exitUnchecked, err
	}
	told, err := answer(asked)
	if err != nil {
		return exitUnchecked, err
	}
	fmt.Fprint(out, told.text())
	return told.ExitCode, nil
}

func parseRequest(args []string) (request, error) {
	asked := request{Kind: args[0]}
	flags := flag.NewFlagSet(args[0], flag.ContinueOnError)
	flags.StringVar(&asked.Policy, "policy", "", "keys and quorum, in tlog-policy syntax")
	flags.StringVar(&asked.Leaf, "leaf", "", "the entry that a receipt is about")
	flags.Int64Var(&asked.Now, "now", 0, "the time to judge by, POSIX seconds; the clock's without")
	flags.Func("earlier", "a checkpoint from before; once for each", func(path string) error {
		asked.Earlier = append(asked.Earlier, path)
		return nil
	})
	if err := flags.Parse(args[1:]); err != nil {
		return request{}, err
	}
	if flags.NArg() != 1 || asked.Policy == "" {
		return request{}, errors.New(usage)
	}
	asked.Path = flags.Arg(0)
	return asked, nil
}

// answer judges the evidence. An error is about what could not be read; what is wrong with the evidence is the verdict.
func answer(asked request) (verdict, error) {
	text, err := os.ReadFile(asked.Policy)
	if err != nil {
		return verdict{}, err
	}
	trust, err := parsePolicy(text)
	if err != nil {
		return verdict{}, err
	}
	if trust.now = asked.Now; trust.now == 0 {
		trust.now = time.Now().Unix()
	}
	switch asked.Kind {
	case "log":
		return checkLog(asked.Path, asked.Earlier, trust)
	case "receipt":
		return checkReceipt(asked.Path, asked.Leaf, trust)
	}
	return verdict{}, errors.New(usage)
}

// runBatch answers every line; its exit code is the largest of all answers.
func runBatch(path string, out io.Writer) (int, error) {
	file, err := os.Open(path)
	if err != nil {
		return exitUnchecked, err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	answers := json.NewEncoder(out)
	worst := exitHolds
	for lines.Scan() {
		var asked request
		if err := json.NewDecoder(strings.NewReader(lines.Text())).Decode(&asked); err != nil {
			return exitUnchecked, err
		}
		told, err := answer(asked)
		if err != nil {
			told = verdict{ExitCode: exitUnchecked, Claims: map[string]claim{}, Error: err.Error()}
		}
		if told.ExitCode > worst {
			worst = told.ExitCode
		}
		if err := answers.Encode(told); err != nil {
			return exitUnchecked, err
		}
	}
	return worst, lines.Err()
}
