package httpapi

import (
	"context"
	"time"

	"github.com/myevents/myevents/services/identity"
)

// User is a user as the API shows them.
type User struct {
	ID        string    `json:"id"`
	Email     string    `json:"email" format:"email"`
	FirstName string    `json:"first_name"`
	LastName  string    `json:"last_name"`
	Roles     []string  `json:"roles" enum:"customer,organizer,operator"`
	CreatedAt time.Time `json:"created_at"`
}

// NewUser is the body of a sign-up.
type NewUser struct {
	Email     string `json:"email" format:"email" maxLength:"254" example:"ada@example.org"`
	Password  string `json:"password" minLength:"8" maxLength:"200" doc:"At most 200 bytes in UTF-8" example:"correct horse battery"`
	FirstName string `json:"first_name" minLength:"1" maxLength:"100" example:"Ada"`
	LastName  string `json:"last_name" minLength:"1" maxLength:"100" example:"Lovelace"`
}

// PasswordChange is the body of a change of password.
type PasswordChange struct {
	Current string `json:"current_password"`
	New     string `json:"new_password" minLength:"8" maxLength:"200" doc:"At most 200 bytes in UTF-8"`
}

// Roles is the body of a change of roles.
type Roles struct {
	Roles []string `json:"roles" nullable:"false" enum:"customer,organizer,operator" example:"[\"organizer\"]"`
}

type userOutput struct {
	Body User
}

func show(u identity.User) *userOutput {
	return &userOutput{User{
		ID: u.ID, Email: u.Email, FirstName: u.FirstName, LastName: u.LastName, Roles: u.Roles, CreatedAt: u.CreatedAt,
	}}
}

func (h handlers) createUser(ctx context.Context, in *struct{ Body NewUser }) (*userOutput, error) {
	user, err := h.service.SignUp(ctx, identity.Profile{
		Email: in.Body.Email, Password: in.Body.Password, FirstName: in.Body.FirstName, LastName: in.Body.LastName,
	})
	if err != nil {
		return nil, err
	}
	return show(user), nil
}

func (h handlers) getOwnUser(ctx context.Context, _ *struct{}) (*userOutput, error) {
	user, err := h.service.User(ctx, caller(ctx).UserID)
	if err != nil {
		return nil, err
	}
	return show(user), nil
}

func (h handlers) changePassword(ctx context.Context, in *struct{ Body PasswordChange }) (*struct{}, error) {
	return nil, h.service.ChangePassword(ctx, caller(ctx), in.Body.Current, in.Body.New)
}

func (h handlers) setRoles(ctx context.Context, in *struct {
	ID   string `path:"id"`
	Body Roles
},
) (*userOutput, error) {
	user, err := h.service.SetRoles(ctx, caller(ctx), in.ID, in.Body.Roles)
	if err != nil {
		return nil, err
	}
	return show(user), nil
}
