package steps

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"

	"github.com/cucumber/godog"
)

// rows returns the rows of a table below its head, each by column.
func rows(table *godog.Table) []map[string]string {
	var all []map[string]string
	for _, cells := range table.Rows[1:] {
		row := map[string]string{}
		for i, head := range table.Rows[0].Cells {
			row[head.Value] = cells.Cells[i].Value
		}
		all = append(all, row)
	}
	return all
}

// refused makes an attempt for each row and fails with all those that were not refused as the row says.
func (s *scenario) refused(table *godog.Table, attempt func(row map[string]string) error) error {
	var failures []error
	for i, row := range rows(table) {
		err := attempt(row)
		if err == nil {
			err = s.last.isRefusal(row)
		}
		if err != nil {
			failures = append(failures, fmt.Errorf("row %d: %w", i+1, err))
		}
	}
	return errors.Join(failures...)
}

// isRefusal fails unless the answer is the problem of a row's columns: problem ("invalid-request" where there is none),
// status (400) and the field it names: names, or else field, or else any.
func (e *exchange) isRefusal(row map[string]string) error {
	if err := e.isProblem(cmp.Or(row["problem"], "invalid-request")); err != nil {
		return err
	}
	status, err := strconv.Atoi(cmp.Or(row["status"], "400"))
	if err != nil {
		return fmt.Errorf("the column status: %w", err)
	}
	if err := e.want(status); err != nil {
		return err
	}
	if field := cmp.Or(row["names"], row["field"]); field != "" {
		return e.names(field, "")
	}
	return nil
}
