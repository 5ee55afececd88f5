package faultinjection

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"github.com/open-feature/go-sdk/openfeature/memprovider"
)

// document is what stands in a file of flagd, as far as faults need it: https://flagd.dev/reference/flag-definitions/.
type document struct {
	Schema string                `json:"$schema"`
	Flags  map[string]definition `json:"flags"`
}

type definition struct {
	State          memprovider.State `json:"state"` // DISABLED: the fault is off
	Variants       map[string]any    `json:"variants"`
	DefaultVariant string            `json:"defaultVariant"`
	Targeting      any               `json:"targeting"` // a rule in JsonLogic; see target
}

// fileState tells two states of a file apart.
type fileState struct {
	modified time.Time
	size     int64
}

func stateOf(file string) (fileState, error) {
	info, err := os.Stat(file)
	if err != nil {
		return fileState{}, err
	}
	return fileState{info.ModTime(), info.Size()}, nil
}

// readFlags returns the flags of the file. The state is that from before it was read: what is written meanwhile is read again.
func readFlags(file string) (fileState, map[string]memprovider.InMemoryFlag, error) {
	state, err := stateOf(file)
	if err != nil {
		return fileState{}, nil, fmt.Errorf("fault flags: %w", err)
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return fileState{}, nil, fmt.Errorf("fault flags: %w", err)
	}
	flags, err := parseFlags(content)
	if err != nil {
		return fileState{}, nil, fmt.Errorf("fault flags in %s: %w", file, err)
	}
	return state, flags, nil
}

// parseFlags is strict: a drill whose fault is misspelled would prove that nothing happens.
func parseFlags(content []byte) (map[string]memprovider.InMemoryFlag, error) {
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	var d document
	if err := decoder.Decode(&d); err != nil {
		return nil, err
	}
	flags := map[string]memprovider.InMemoryFlag{}
	for _, key := range slices.Sorted(maps.Keys(d.Flags)) {
		flag, err := d.Flags[key].flag(key)
		if err != nil {
			return nil, fmt.Errorf("flag %s: %w", key, err)
		}
		flags[key] = flag
	}
	return flags, nil
}

func (d definition) flag(key string) (memprovider.InMemoryFlag, error) {
	off, known := zeroes()[key]
	if !known {
		return memprovider.InMemoryFlag{}, fmt.Errorf("there is no such fault")
	}
	for name, value := range d.Variants {
		if fmt.Sprintf("%T", value) != fmt.Sprintf("%T", off) {
			return memprovider.InMemoryFlag{}, fmt.Errorf("variant %s is a %T, must be a %T", name, value, off)
		}
	}
	if _, ok := d.Variants[d.DefaultVariant]; !ok {
		return memprovider.InMemoryFlag{}, fmt.Errorf("the default variant %q is none of the variants", d.DefaultVariant)
	}
	flag := memprovider.InMemoryFlag{Key: key, State: d.State, DefaultVariant: d.DefaultVariant, Variants: d.Variants}
	if d.Targeting != nil {
		if err := checkRule(d.Targeting, d.Variants); err != nil {
			return memprovider.InMemoryFlag{}, fmt.Errorf("targeting: %w", err)
		}
		evaluator := target(d.Targeting)
		flag.ContextEvaluator = &evaluator
	}
	return flag, nil
}

// zeroes returns what each fault is while it is off, in the type that JSON has for it.
func zeroes() map[string]any {
	return map[string]any{
		StoreLatency: 0.0, StoreErrors: 0.0, HTTPErrors: 0.0, MessageLatency: 0.0, PoisonMessage: "", RelayStuck: false,
		MemoryLeak: 0.0, ClockSkew: 0.0,
	}
}
