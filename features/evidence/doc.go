// Package evidence proves that what operators look at shows something: a test takes the platform on a tour (tour.feature),
// has Prometheus' own scraper, storage and rules watch it, and then evaluates every query of every dashboard, rule, alert
// and runbook with Prometheus' own engine. A query that fails, names what is not there, has another unit than its panel, or
// finds nothing, fails the test; so does a link to nowhere.
//
// What nobody should see in a healthy platform is fed by a drill, which the panel or the rule names.
package evidence
