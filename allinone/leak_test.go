package allinone_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// checkSecrets looks for the tour's secrets in everything that was told.
func checkSecrets(t *testing.T, r *tour, metrics string) {
	var spans strings.Builder
	for _, s := range r.spans.Ended() {
		fmt.Fprintln(&spans, s.Name(), s.Status(), s.Resource())
		for _, a := range s.Attributes() {
			fmt.Fprintln(&spans, a.Key, a.Value.String())
		}
		for _, e := range s.Events() {
			fmt.Fprintln(&spans, e.Name, e.Attributes)
		}
	}
	require.NoError(t, r.app.FlushSpans(t.Context()))
	told := map[string]string{
		"stored traces": strings.ReplaceAll(fetch(t, r.app.AdminURL()+"/api/v2/traces?limit=1000", ""), "},{", "},\n{"),
		"log lines":     r.log(), "spans": spans.String(), "metrics": metrics + scrape(t, r.app, openMetrics),
		"refusals": r.refusals.String(),
	}
	for where, text := range told {
		require.NotEmpty(t, text, where)
		for _, secret := range r.secrets() {
			require.Empty(t, lineWith(text, secret), "%s tell %q", where, secret)
		}
	}
}

// lineWith returns the first line with the words in it; "" where there is none.
func lineWith(text, words string) string {
	for line := range strings.Lines(text) {
		if strings.Contains(line, words) {
			return line
		}
	}
	return ""
}

func (r *tour) secrets() []string {
	secrets := []string{
		tourOperator, tourCustomer, tourNobody, url.PathEscape(tourNobody), tourPassword, tourName, tourKey, tourAdmin, tourPepper,
	}
	for _, token := range r.tokens {
		secrets = append(secrets, strings.Split(token, ".")...)
	}
	return secrets
}
