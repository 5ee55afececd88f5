package faultinjection

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/open-feature/go-sdk/openfeature"
	"github.com/open-feature/go-sdk/openfeature/memprovider"
)

// Targeting rules are JsonLogic (https://jsonlogic.com), of which faults need four operators:
//
//	{"if": [condition, variant, condition, variant, ..., variant]}
//	{"==": [a, b]}  {"in": [a, [b, c]]}  {"var": "service"}

// checkRule fails on what target does not understand, and on variants that are not there.
func checkRule(rule any, variants map[string]any) error {
	operation, ok := rule.(map[string]any)
	if !ok || len(operation) != 1 {
		return fmt.Errorf(`%v is no rule such as {"if": [...]}`, rule)
	}
	branches, ok := operation["if"].([]any)
	if !ok {
		return fmt.Errorf(`%v is no rule such as {"if": [...]}`, rule)
	}
	for i, branch := range branches {
		if i%2 == 0 && i+1 < len(branches) {
			if err := checkCondition(branch); err != nil {
				return err
			}
			continue
		}
		if name, ok := branch.(string); !ok || variants[name] == nil {
			return fmt.Errorf("%v is none of the variants", branch)
		}
	}
	return nil
}

func checkCondition(condition any) error {
	operation, ok := condition.(map[string]any)
	if !ok || len(operation) != 1 {
		return fmt.Errorf(`%v is no condition such as {"==": [...]}`, condition)
	}
	for operator, arguments := range operation {
		list, _ := arguments.([]any)
		if !slices.Contains([]string{"==", "in"}, operator) || len(list) != 2 {
			return fmt.Errorf("%v is neither == nor in with two arguments", condition)
		}
	}
	return nil
}

// target returns how a flag with the checked rule is evaluated. Where no condition holds, that is its default.
func target(rule any) func(memprovider.InMemoryFlag, openfeature.FlattenedContext) (any, openfeature.ProviderResolutionDetail) {
	branches := rule.(map[string]any)["if"].([]any)
	return func(f memprovider.InMemoryFlag, about openfeature.FlattenedContext) (any, openfeature.ProviderResolutionDetail) {
		variant, reason := f.DefaultVariant, openfeature.DefaultReason
		if name, ok := choose(branches, about); ok {
			variant, reason = name, openfeature.TargetingMatchReason
		}
		return f.Variants[variant], openfeature.ProviderResolutionDetail{Variant: variant, Reason: reason}
	}
}

func choose(branches []any, about openfeature.FlattenedContext) (variant string, ok bool) {
	for len(branches) > 1 {
		if holds(branches[0].(map[string]any), about) {
			return branches[1].(string), true
		}
		branches = branches[2:]
	}
	if len(branches) == 1 {
		return branches[0].(string), true
	}
	return "", false
}

func holds(condition map[string]any, about openfeature.FlattenedContext) bool {
	if arguments, ok := condition["=="].([]any); ok {
		return reflect.DeepEqual(resolve(arguments[0], about), resolve(arguments[1], about))
	}
	arguments := condition["in"].([]any)
	wanted := resolve(arguments[0], about)
	list, _ := resolve(arguments[1], about).([]any)
	return slices.ContainsFunc(list, func(one any) bool { return reflect.DeepEqual(one, wanted) })
}

// resolve returns what stands behind a variable; anything else stands for itself.
func resolve(value any, about openfeature.FlattenedContext) any {
	operation, _ := value.(map[string]any)
	if name, ok := operation["var"].(string); ok {
		return about[name]
	}
	return value
}
