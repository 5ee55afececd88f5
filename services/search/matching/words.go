// Package matching says what a word is, and which words that somebody typed match which of a text. All indexes find and
// mark the same because they have it from here.
package matching

import (
	"fmt"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/custom"
	"github.com/blevesearch/bleve/v2/analysis/token/lowercase"
	"github.com/blevesearch/bleve/v2/analysis/token/unicodenorm"
	"github.com/blevesearch/bleve/v2/analysis/tokenizer/unicode"
	"github.com/blevesearch/bleve/v2/mapping"
)

// Analyzer is the name of the analyzer of names: words as Unicode divides text, in lower case and one normal form. It
// drops no word as too frequent, because names such as "The Who" are made of them, and cuts no endings, because names have
// none.
const Analyzer = "words"

// Define adds the analyzer to a mapping, which indexes of bleve keep with them.
func Define(m *mapping.IndexMappingImpl) error {
	if err := m.AddCustomTokenFilter("nfkc", map[string]any{"type": unicodenorm.Name, "form": unicodenorm.NFKC}); err != nil {
		return fmt.Errorf("define token filter: %w", err)
	}
	if err := m.AddCustomAnalyzer(Analyzer, map[string]any{
		"type": custom.Name, "tokenizer": unicode.Name, "token_filters": []string{"nfkc", lowercase.Name},
	}); err != nil {
		return fmt.Errorf("define analyzer: %w", err)
	}
	return nil
}

// NewAnalyzer returns the analyzer for an index that is not bleve's.
func NewAnalyzer() (analysis.Analyzer, error) {
	m := mapping.NewIndexMapping()
	if err := Define(m); err != nil {
		return nil, err
	}
	return m.AnalyzerNamed(Analyzer), nil
}

// Words divides the text, each word once, in the order in which they first come.
func Words(a analysis.Analyzer, text string) []string {
	var words []string
	seen := map[string]bool{}
	for _, token := range a.Analyze([]byte(text)) {
		if word := string(token.Term); !seen[word] {
			seen[word] = true
			words = append(words, word)
		}
	}
	return words
}
