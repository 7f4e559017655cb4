"""The top of each kind of file: docstring and imports. ``$names`` stands for the app's models."""

from __future__ import annotations

LEGACY_IMPORTS = (
    "from notifications.client import pusher_client\n",
    "from notifications import client as push\n\npusher_client = push.pusher_client\n",
    "import notifications.client\n\npusher_client = notifications.client.pusher_client\n",
)

CORE = """\
from appointments.models import Appointment
from notifications.manager import notification_manager
from patients.models import Patient
from rooms.models import Room
from staff.models import StaffMember
"""

HEADERS = {
    "constants": '''"""States of the $app models."""

from django.db import models
''',
    "exceptions": '''"""What can go wrong in $app."""

from common.helpers import DomainError
''',
    "managers": '''"""Querysets of $app."""

from datetime import timedelta
from decimal import Decimal

from django.db import models
from django.db.models import Case, F, Value, When
from django.utils import timezone

from $package.constants import $statuses
''',
    "models": '''"""Models of $app."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse
from django.utils import timezone

from $package.constants import $statuses
from $package.managers import $querysets
from common.models import TimeStamped
''',
    "serializers": '''"""What the API of $app takes and gives."""

from rest_framework import serializers

from $package.models import $names
''',
    "filters": '''"""Query parameters of the lists of $app."""

from django_filters import rest_framework as filters

from $package.models import $names
''',
    "permissions": '''"""Who may do what in $app."""

from rest_framework.permissions import SAFE_METHODS, BasePermission

from $package.constants import $statuses
''',
    "forms": '''"""Forms of the staff pages of $app."""

from decimal import Decimal

from django import forms

from $package.constants import $statuses
from $package.models import $names
''',
    "views": '''"""The API of $app."""

import logging

from django.db.models import Sum
from django.shortcuts import get_object_or_404
from rest_framework import status, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from $package import services
from $package.exceptions import $errors
from $package.filters import $filters
from $package.models import $names
from $package.permissions import $permissions
from $package.serializers import $serializers
from common.helpers import ClinicScoped

logger = logging.getLogger(__name__)
''',
    "staff_views": '''"""The staff pages of $app."""

import csv
import logging
from datetime import timedelta
from decimal import Decimal

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.mail import mail_managers
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST
from django.views.generic import DeleteView
from rest_framework import status
from rest_framework.decorators import api_view, permission_classes
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response

from $package.constants import $statuses
from $package.exceptions import $errors
from $package.forms import $forms
from $package.models import $names
from $package.serializers import $serializers
from common.helpers import get_clinic
$core
logger = logging.getLogger(__name__)
''',
    "services": '''"""Everything that is done with a $title."""

import logging
import secrets
import time
from contextlib import contextmanager
from datetime import timedelta
from decimal import ROUND_DOWN, Decimal, InvalidOperation
from functools import cached_property

from django.core.cache import cache
from django.core.mail import EmailMessage
from django.db import DatabaseError, transaction
from django.db.models import Avg, Count, F, Max, Sum
from django.template.loader import render_to_string
from django.utils import timezone

from $package.constants import ${Model}Status
from $package.exceptions import ${Model}Error
from $package.models import $Model
from common.helpers import next_reference, record_change
$core
logger = logging.getLogger(__name__)
''',
    "selectors": '''"""Read-only queries of $app."""

from datetime import timedelta

from django.db.models import Count, DurationField, ExpressionWrapper, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, TruncDate
from django.utils import timezone

from $package.constants import $statuses
from $package.models import $names
''',
    "reports": '''"""Tables and figures of $app."""

import csv
from datetime import date, timedelta

from django.db.models import Count, Q, Sum
from django.utils import timezone

from $package.constants import $statuses
from $package.models import $names
from common.helpers import Report
''',
    "tasks": '''"""What $app does in the background."""

import csv
import tempfile
from collections import defaultdict
from datetime import timedelta

from celery import shared_task
from django.core.cache import cache
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import Count, Q, Sum
from django.utils import timezone

from $package.constants import $statuses
from $package.models import $names
from clinics.models import Clinic
from common.helpers import send_reminder
''',
    "utils": '''"""Helpers of $app without a database."""

import hashlib
import re
from datetime import date, timedelta

from django.utils import timezone
''',
    "signals": '''"""What follows from a change in $app."""

import logging

from django.core.cache import cache
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from $package.models import $names
from common.helpers import next_reference

logger = logging.getLogger(__name__)
''',
    "admin": '''"""The admin pages of $app."""

from django.contrib import admin
from django.utils import timezone

from $package.models import $names
''',
    "factories": '''"""Rows of $app for tests."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from $package.models import $names
from common.factories import make_appointment, make_clinic, make_patient, make_room
''',
    "tests_models": '''"""Tests of the models of $app."""

from datetime import timedelta
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.test import TestCase
from django.utils import timezone

from $package.constants import $statuses
from $package.models import $names
from $package.tests.factories import $makers
from common.factories import make_clinic
''',
    "tests_views": '''"""Tests of the API of $app."""

from rest_framework.reverse import reverse
from rest_framework.test import APITestCase

from $package.constants import $statuses
from $package.models import $names
from $package.tests.factories import $makers
from common.factories import make_clinic, make_user
''',
    "tests_services": '''"""Tests of the services of $app."""

from decimal import Decimal
from unittest import mock

from django.test import TestCase

from $package import services
from $package.constants import $statuses
from $package.exceptions import $errors
from $package.models import $names
from $package.tests.factories import $makers
from common.factories import (
    make_appointment,
    make_clinic,
    make_patient,
    make_room,
    make_staff_member,
    make_user,
)
''',
}
