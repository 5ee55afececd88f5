package evidence

// elsewhere returns the metrics that the platform of the tour does not have, each with the file that proves it: a test, or the
// page whose every row is tested.
func elsewhere() map[string]string {
	const shipper = "containers/filebeat_test.go"
	return map[string]string{
		"log_shipper_acked_events_total":   shipper,
		"log_shipper_failed_events_total":  shipper,
		"log_shipper_dropped_events_total": shipper,
		"log_shipper_waiting_events":       shipper,
		"log_lost_lines_total":             "docs/telemetry.md",
	}
}
