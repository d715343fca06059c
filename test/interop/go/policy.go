package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// witness has no verifier when its key is of a type that cannot be checked here: it then never counts.
type witness struct {
	name     string
	verifier note.Verifier
}

type group struct {
	name      string
	threshold int
	members   []string
}

// policy says whose words count (C2SP tlog-policy, in the stricter form of docs/spec/tlog.md section 6).
type policy struct {
	origin    string
	logs      []note.Verifier
	witnesses []witness
	groups    []group
	quorum    string
	now       int64 // POSIX seconds: what is cosigned later does not count
}

type policyReader struct {
	policy
	defined map[string]bool
	listed  map[string]bool
	keys    map[string]bool
}

func parsePolicy(text []byte) (policy, error) {
	if len(text) == 0 || text[len(text)-1] != '\n' {
		return policy{}, errors.New("policy: cut off")
	}
	reader := policyReader{defined: map[string]bool{}, listed: map[string]bool{}, keys: map[string]bool{}}
	for i, line := range strings.Split(strings.TrimSuffix(string(text), "\n"), "\n") {
		items := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })
		if len(items) == 0 || strings.HasPrefix(items[0], "#") {
			continue
		}
		if err := reader.line(items); err != nil {
			return policy{}, fmt.Errorf("policy, line %d: %w", i+1, err)
		}
	}
	if reader.quorum == "" || len(reader.logs) == 0 {
		return policy{}, errors.New("policy: no log or no quorum")
	}
	return reader.policy, nil
}

func (r *policyReader) line(items []string) error {
	switch {
	case items[0] == "log" && (len(items) == 2 || len(items) == 3):
		return r.log(items[1])
	case items[0] == "witness" && (len(items) == 3 || len(items) == 4):
		return r.witness(items[1], items[2])
	case items[0] == "group" && len(items) >= 4:
		return r.group(items[1], items[2], items[3:])
	case items[0] == "quorum" && len(items) == 2 && r.quorum == "":
		if items[1] != "none" && !r.defined[items[1]] {
			return errors.New("quorum of an unknown name")
		}
		r.quorum = items[1]
		return nil
	}
	return errors.New("not a line of a policy")
}

func (r *policyReader) log(vkey string) error {
	verifier, material, err := logKey(vkey)
	if err != nil {
		return err
	}
	if r.origin != "" && r.origin != verifier.Name() {
		return errors.New("a policy of several logs")
	}
	r.origin = verifier.Name()
	r.logs = append(r.logs, verifier)
	return r.once(material)
}

func (r *policyReader) witness(name, vkey string) error {
	verifier, material, err := witnessKey(vkey)
	if err != nil {
		return err
	}
	entry := witness{name: name}
	if verifier != nil {
		entry.verifier = verifier
	}
	r.witnesses = append(r.witnesses, entry)
	if err := r.define(name); err != nil {
		return err
	}
	return r.once(material)
}

func (r *policyReader) group(name, rule string, members []string) error {
	for _, member := range members {
		if !r.defined[member] || r.listed[member] {
			return errors.New("member unknown or listed before")
		}
		r.listed[member] = true
	}
	threshold, err := strconv.Atoi(rule)
	if rule == "any" {
		threshold, err = 1, nil
	} else if rule == "all" {
		threshold, err = len(members), nil
	}
	if err != nil || threshold < 1 || threshold > len(members) {
		return errors.New("threshold out of range")
	}
	r.groups = append(r.groups, group{name, threshold, members})
	return r.define(name)
}

func (r *policyReader) define(name string) error {
	if name == "none" || r.defined[name] {
		return errors.New("name defined before")
	}
	r.defined[name] = true
	return nil
}

func (r *policyReader) once(material []byte) error {
	if r.keys[string(material)] {
		return errors.New("a key stands twice")
	}
	r.keys[string(material)] = true
	return nil
}

func (p policy) verifiers() []note.Verifier {
	keys := append([]note.Verifier{}, p.logs...)
	for _, witness := range p.witnesses {
		if witness.verifier != nil {
			keys = append(keys, witness.verifier)
		}
	}
	return keys
}

// isFulfilled tells whether those who signed, not later than the given time, are enough.
func (p policy) isFulfilled(signed map[note.Verifier]int64, notAfter int64) bool {
	counts := map[string]bool{"none": true}
	for _, witness := range p.witnesses {
		if witness.verifier == nil {
			continue
		}
		time, ok := signed[witness.verifier]
		counts[witness.name] = ok && time <= notAfter
	}
	for _, group := range p.groups {
		met := 0
		for _, member := range group.members {
			if counts[member] {
				met++
			}
		}
		counts[group.name] = met >= group.threshold
	}
	return counts[p.quorum]
}
