import pytest

from crm.accounts.models import Department, Employee
from crm.conversations.models import Conversation
from crm.relay import dispatch
from tests import make

pytestmark = pytest.mark.committed


def settle():
    """Run what reacts later, as the worker does."""
    with make.state.app.app_context():
        while dispatch():
            pass


def test_the_open_conversations_of_somebody_who_left_wait_for_the_others(anna, boris):
    conversation = make.conversation(assignee=anna)
    with make.inside(actor=boris):
        Employee.find(id=anna.id).deactivate(by=Employee.find(id=boris.id))
    settle()
    with make.inside():
        found = Conversation.find(id=conversation.id)
        assert (found.status, found.assignee_id) == ("queued", None)


def test_the_queue_of_an_archived_department_moves_to_the_first_open_one(anna):
    sales = make.department("Sales")
    conversation = make.conversation(department_id=sales.id)
    with make.inside():
        Department.find(id=sales.id).archive()
    settle()
    with make.inside():
        found = Conversation.find(id=conversation.id)
        assert (found.status, found.department.name) == ("queued", "Support")
